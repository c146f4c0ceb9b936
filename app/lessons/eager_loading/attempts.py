"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_HEAD = """router = APIRouter()


@router.get("/posts", response_model=list[schemas.Post])
async def list_posts(session: ReadSession, limit: Limit = 20, before: Before = None):
    query = select(Post).order_by(Post.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Post.id < before)
"""

_COMMENTS_IN_A_LOOP = (
    _HEAD
    + """    query = query.options(joinedload(Post.author), joinedload(Post.product))
    answer = []
    for post in (await session.scalars(query)).all():
        comments = select(Comment).where(Comment.post_id == post.id).order_by(Comment.id)
        comments = await session.scalars(comments.options(joinedload(Comment.author)))
        answer.append({**vars(post), "comments": comments.all()})
    return answer
"""
)

_TWO_SELECTS = (
    _HEAD
    + """    query = query.options(joinedload(Post.author), joinedload(Post.product))
    posts = (await session.scalars(query)).all()
    wanted = select(Comment).where(Comment.post_id.in_([post.id for post in posts]))
    wanted = wanted.order_by(Comment.id).options(joinedload(Comment.author))
    comments = {post.id: [] for post in posts}
    for comment in await session.scalars(wanted):
        comments[comment.post_id].append(comment)
    return [{**vars(post), "comments": comments[post.id]} for post in posts]
"""
)

_SQL = '''from fastapi import Response
from sqlalchemy import text

router = APIRouter()
STATEMENT = text("""
    SELECT coalesce(json_agg(item ORDER BY id DESC), '[]')::text FROM (
        SELECT p.id, p.title, p.body, p.rating,
               to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at,
               json_build_object('id', a.id, 'full_name', a.full_name) AS author,
               json_build_object('id', r.id, 'name', r.name) AS product,
               coalesce((SELECT json_agg(json_build_object('id', c.id, 'body', c.body, 'author',
                         json_build_object('id', w.id, 'full_name', w.full_name)) ORDER BY c.id)
                         FROM comments c JOIN accounts w ON w.id = c.author_id
                         WHERE c.post_id = p.id), '[]') AS comments
        FROM posts p JOIN accounts a ON a.id = p.author_id JOIN products r ON r.id = p.product_id
        WHERE p.id < :before ORDER BY p.id DESC LIMIT :limit) AS item
""")


@router.get("/posts")
async def list_posts(session: ReadSession, limit: Limit = 20, before: Before = None):
    values = {"limit": limit, "before": before or 2**31 - 1}
    body = await session.scalar(STATEMENT, values)
    return Response(body, media_type="application/json")
'''

_CACHED_FOREVER = (
    _HEAD.replace("router = APIRouter()", "router = APIRouter()\nKEPT = {}")
    + """    if (limit, before) in KEPT:
        return KEPT[limit, before]
    query = query.options(joinedload(Post.author), joinedload(Post.product))
    answer = []
    for post in (await session.scalars(query)).all():
        comments = select(Comment).where(Comment.post_id == post.id).order_by(Comment.id)
        comments = await session.scalars(comments.options(joinedload(Comment.author)))
        answer.append({**vars(post), "comments": comments.all()})
    KEPT[limit, before] = answer
    return answer
"""
)

_SHARED = (
    _HEAD.replace("router = APIRouter()", "router = APIRouter()\nSTATE = {}")
    + """    STATE["query"] = query.options(
        joinedload(Post.author),
        joinedload(Post.product),
        selectinload(Post.comments).joinedload(Comment.author),
    )
    await session.connection()
    return (await session.scalars(STATE["query"])).all()
"""
)

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a query per post, and the response cached forever",
        source=_CACHED_FOREVER,
        says="is out of date",
    ),
    Attempt(
        "right alone, but state shared between concurrent requests",
        source=_SHARED,
        says="With several customers at once",
    ),
    Attempt(
        "the authors joined, but still one query per post for its comments",
        source=_COMMENTS_IN_A_LOOP,
        says="SQL statements; expected at most 5",
    ),
    Attempt(
        "posts without comments dropped by an inner join",
        edits=(
            ("select(Post)", "select(Post).join(Post.comments).distinct()"),
            (
                "selectinload(Post.comments).joinedload",
                "selectinload(Post.comments.and_(True)).joinedload",
            ),
        ),
        says="expected",
    ),
    Attempt(
        "fast, but in the wrong order",
        edits=(
            (
                "return (await session.scalars(query)).all()",
                "return list(reversed((await session.scalars(query)).all()))",
            ),
        ),
        says="wrong order",
    ),
    Attempt(
        "fast, but without the limit",
        edits=((".limit(limit)", ".limit(1000)"),),
        says="has 1,000 items, expected 20",
    ),
    Attempt(
        "fast, but without the comments",
        edits=(
            (
                "return (await session.scalars(query)).all()",
                "posts = (await session.scalars(query)).all()\n"
                '    return [{**vars(post), "comments": []} for post in posts]',
            ),
        ),
        says="comments has 0 items",
    ),
    Attempt(
        "the page parameter ignored",
        edits=(("query = query.where(Post.id < before)", "pass"),),
        says="GET /api/posts?limit=7&before=1500",
    ),
    Attempt(
        "one relationship not loaded",
        edits=((".joinedload(Comment.author)", ""),),
        says="raised",
        outcome="error",
    ),
    Attempt(
        "selectinload for every relationship",
        edits=(
            ("joinedload(Post.author)", "selectinload(Post.author)"),
            ("joinedload(Post.product)", "selectinload(Post.product)"),
            (".joinedload(Comment.author)", ".selectinload(Comment.author)"),
        ),
        outcome="passed",
    ),
    Attempt(
        "everything joined",
        edits=(
            ("selectinload(Post.comments)", "joinedload(Post.comments)"),
            (
                "(await session.scalars(query)).all()",
                "(await session.scalars(query)).unique().all()",
            ),
        ),
        outcome="passed",
    ),
    Attempt("two selects, combined in Python", source=_TWO_SELECTS, outcome="passed"),
    Attempt("one statement, JSON built by PostgreSQL", source=_SQL, outcome="passed"),
)
