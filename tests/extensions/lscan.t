:INPUT
-m lscan;;FAIL
