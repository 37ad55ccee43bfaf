"""Links to stored scenarios: their ids, versions, owners, and what became of their traces."""
