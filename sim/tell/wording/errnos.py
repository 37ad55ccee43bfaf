"""What a program prints when a call fails (strerror)."""

MESSAGES = {
    "ENETUNREACH": "Network is unreachable",
    "EHOSTUNREACH": "No route to host",
    "EACCES": "Permission denied",
    "EINVAL": "Invalid argument",
    "EMSGSIZE": "Message too long",
    "EPERM": "Operation not permitted",
}
