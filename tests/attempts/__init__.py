"""What insiders may try, through the real server, each with a login of their own."""
