"""The resources that stacks are made of."""
