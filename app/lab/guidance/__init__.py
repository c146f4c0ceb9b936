"""Help with an exercise: how to go on, its solution, its cell as shipped."""
