# matches of old kernels and of other trees
:INPUT
-m unclean;;FAIL
-m psd;;FAIL
-m nth --every 2;;FAIL
-m random --average 50;;FAIL
-m fuzzy;;FAIL
-m iplimit --iplimit-above 3;;FAIL
-m condition --condition x;;FAIL
-m geoip --src-cc DE;;FAIL
-m layer7 --l7proto http;;FAIL
