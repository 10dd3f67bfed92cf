"""What things are and the rules they keep. Standard library only."""
