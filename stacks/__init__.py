"""Deployment units. They only wire; resources live in constructs."""
