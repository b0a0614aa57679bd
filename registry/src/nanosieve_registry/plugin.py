"""What the registry offers to the plugin host: nothing yet."""
