"""What a model sees of a series at an origin: columns of numbers, each known at that moment."""
