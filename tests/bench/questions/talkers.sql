select srcaddr, sum(bytes) as sent, count(*) as rows_sent
from records
group by srcaddr
order by sent desc nulls last, srcaddr
limit 10
