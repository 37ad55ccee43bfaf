%family 6
:INPUT,FORWARD,OUTPUT
-m ipv6header --header hop-by-hop;=;OK
-m ipv6header --header hop,dst,route,frag,auth,esp,none,prot --soft;-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol --soft;OK
-m ipv6header ! --header 59,60;-m ipv6header ! --header ipv6-opts,ipv6-nonxt;OK
-m ipv6header --header ipv6-route,ah;=;OK
-m ipv6header --header protocol;=;OK
-m ipv6header --header 255;-m ipv6header --header protocol;OK
-m ipv6header --header tcp;;FAIL
-m ipv6header --header all;;FAIL
-m ipv6header --header "";;FAIL
-m ipv6header --header HOP;;FAIL
-m ipv6header --soft;;FAIL
