:FORWARD
-j ULOG;;FAIL
-j ULOG --ulog-nlgroup 1 --ulog-prefix abc --ulog-cprange 10 --ulog-qthreshold 5;;FAIL
