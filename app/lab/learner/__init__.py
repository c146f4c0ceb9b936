"""A learner's record, their predictions and copy of the course, and help with an exercise."""
