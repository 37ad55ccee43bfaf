"""Collections: a team's pages with scenarios in them, kept true."""
