"""What `make bench` runs. Each module measures one thing and returns rows; ratios travel better than times."""
