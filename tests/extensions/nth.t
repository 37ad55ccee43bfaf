:INPUT
-m nth;;FAIL
