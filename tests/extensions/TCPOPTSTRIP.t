:FORWARD
-p tcp -j TCPOPTSTRIP --strip-options 2;;FAIL
*mangle
-p tcp -j TCPOPTSTRIP --strip-options 2;=;OK
-p tcp -j TCPOPTSTRIP --strip-options mss,timestamp,wscale,sack-permitted,sack,md5;-p tcp -j TCPOPTSTRIP --strip-options 2,3,4,5,8,19;OK
-p tcp -j TCPOPTSTRIP --strip-options 2,3,4,5,6,7,8,19,30,254;=;OK
-p tcp -j TCPOPTSTRIP --strip-options timestamp,mss;-p tcp -j TCPOPTSTRIP --strip-options 2,8;OK
-p tcp -j TCPOPTSTRIP --strip-options 255;=;OK
-p tcp -j TCPOPTSTRIP --strip-options 256;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 0;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 1;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options foo;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options MSS;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 2,2;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options "";;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 2,;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options ,2;;FAIL
-p tcp -j TCPOPTSTRIP;=;OK
-j TCPOPTSTRIP --strip-options 2;;FAIL
! -p tcp -j TCPOPTSTRIP --strip-options 2;;FAIL
%family 6
-p tcp -j TCPOPTSTRIP --strip-options md5;-p tcp -j TCPOPTSTRIP --strip-options 19;OK
