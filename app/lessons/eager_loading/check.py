"""The exercise: the reviews page has the same N+1, and one more inside it."""

from app.course.evidence import Change, Probe
from app.course.kinds import EndpointExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
    served_by_learner,
    statements_at_most,
)

EXERCISE = EndpointExercise(
    goal="GET /api/posts gives the same answer with at most five SQL statements, however many "
    "posts it returns.",
    probes=(
        Probe("/api/posts?limit=20"),
        Probe("/api/posts?limit=7&before=1500"),
        Probe("/api/posts?limit=120&before=9000"),
        Probe("/api/posts?limit=5&before=1"),
    ),
    changes=(
        Probe(
            "/api/posts/22000/comments",
            method="POST",
            json={"body": "Written while somebody was reading."},
            account=17,
            scopes=("community:write",),
        ),
        Change("UPDATE accounts SET full_name = full_name || ' (renamed)' WHERE id <= 300"),
        Change("DELETE FROM comments WHERE post_id IN (8990, 1490, 21990, 21995)"),
    ),
    steps=(
        answers,
        served_by_learner,
        same_answer,
        same_answer_concurrently,
        same_answer_after_changes,
        statements_at_most(5),
    ),
    hints=(
        "Look at the waterfall of `await lab.get('/api/posts?limit=20')`: which statement "
        "repeats, and what changes from one run to the next?",
        "Name in the query the relationships the answer needs. They are then loaded with the "
        "posts, in a number of statements that does not depend on the number of posts.",
        "Loader options chain: the comments of a post, then the author of each comment. Where a "
        "row has one related row, a join is enough; where it has many, an extra statement is "
        "better.",
        "`.options(joinedload(Post.author), joinedload(Post.product), "
        "selectinload(Post.comments).joinedload(Comment.author))` on the query for the posts; then "
        "return the posts. `schemas.Post` reads their attributes.",
    ),
)
