"""The playground's page: form posts, the socket, examples."""
