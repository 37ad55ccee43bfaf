"""The kernel laboratory: a scenario replayed on the machine's own kernel.

Everything lives in unnamed network namespaces that belong to this process alone: when it ends,
however it ends, the kernel removes them and all that is in them. Nothing here knows Django.
"""
