"""The density that stacks others: what it is made of, by how much, and why."""
