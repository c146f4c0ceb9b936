"""The exercise: the reviews page has the same disease."""

from app.course.evidence import Probe
from app.course.exercise import Exercise
from app.course.steps import answers, same_answer, served_by_learner, statements_at_most

EXERCISE = Exercise(
    seam="endpoint",
    goal="GET /api/posts gives the same answer in at most five SQL statements, however many posts "
    "it shows.",
    difficulty="medium",
    probes=(
        Probe("/api/posts?limit=20"),
        Probe("/api/posts?limit=7&before=1500"),
        Probe("/api/posts?limit=120&before=9000"),
        Probe("/api/posts?limit=5&before=1"),
    ),
    steps=(answers, served_by_learner, same_answer, statements_at_most(5)),
    hints=(
        "Look at the waterfall of `await lab.get('/api/posts?limit=20')`: which statement is "
        "repeated, and what is different from one to the next?",
        "Say in the query which relations the answer will need. Then they come with the posts, in "
        "a number of statements that does not depend on how many posts there are.",
        "An option can be chained: the comments of the posts, and then the author of each comment. "
        "For what there is only one of, a join is enough; for what there are many of, one more "
        "statement is better.",
        "`.options(joinedload(Post.author), joinedload(Post.product), "
        "selectinload(Post.comments).joinedload(Comment.author))` on the query for the posts, and "
        "return the posts: `schemas.Post` reads their attributes.",
    ),
)
