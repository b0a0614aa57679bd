"""What may be wrong with a registry and its surroundings, found before it hurts; nothing is changed."""
