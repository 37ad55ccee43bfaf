:INPUT
-m pool;;FAIL
