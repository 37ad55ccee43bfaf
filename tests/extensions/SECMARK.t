:FORWARD
-j SECMARK --selctx x;;FAIL
*mangle
-j SECMARK --selctx system_u:object_r:httpd_packet_t:s0;;FAIL
-j SECMARK;;FAIL
-j SECMARK --selctx "";;FAIL
*security
-j SECMARK --selctx x;;FAIL
