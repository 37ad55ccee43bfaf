%family 6
:INPUT,FORWARD,OUTPUT
-m srh;=;OK
-m srh --srh-next-hdr 17 --srh-hdr-len-eq 4 --srh-segs-left-gt 1 --srh-last-entry-lt 3 --srh-tag 5;=;OK
-m srh ! --srh-next-hdr 6 ! --srh-hdr-len-gt 4 ! --srh-tag 0xffff;-m srh ! --srh-next-hdr 6 ! --srh-hdr-len-gt 4 ! --srh-tag 65535;OK
-m srh --srh-hdr-len-eq 4 --srh-hdr-len-gt 2;-m srh --srh-hdr-len-eq 2 --srh-hdr-len-gt 2;OK
-m srh --srh-psid 2001:db8::1 ! --srh-nsid 2001:db8::/32 --srh-lsid ::/0;-m srh --srh-psid 2001:db8::1/128 ! --srh-nsid 2001:db8::/32 --srh-lsid ::/0;OK
-m srh --srh-psid 2001:db8::1/ffff::;-m srh --srh-psid 2001:db8::1/16;OK
-m srh --srh-next-hdr 256;;FAIL
-m srh --srh-tag 65536;;FAIL
-m srh --srh-psid 192.0.2.1;;FAIL
-m srh --srh-psid 2001:db8::1/129;;FAIL
