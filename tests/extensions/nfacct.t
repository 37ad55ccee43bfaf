# accounting objects are made with nfacct: without one the kernel refuses what the tool accepts
:INPUT
-m nfacct;;FAIL
-m nfacct --nfacct-name "";;FAIL
-m nfacct ! --nfacct-name x;;FAIL
