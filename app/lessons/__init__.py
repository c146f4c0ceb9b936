"""The lessons: a folder each, with everything that lesson is made of."""
