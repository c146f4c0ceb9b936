"""What a learner leaves behind: the record of exercises, and the predictions."""
