"""What starts jobs though nobody asks for them: changes of records."""
