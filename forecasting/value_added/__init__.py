"""What each step from the naive forecast to the order that was placed was worth, once it is known what came."""
