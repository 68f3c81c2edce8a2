select version, account_id, interface_id, srcaddr, dstaddr, srcport, dstport, protocol,
    packets, bytes, "start", "end", action, log_status
from records
where srcaddr = '198.51.100.99' or dstaddr = '198.51.100.99'
