"""What is kept about a learner: the record of exercises and the predictions."""
