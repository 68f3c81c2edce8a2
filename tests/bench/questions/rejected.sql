select dstport, count(*) as refusals
from records
where action = 'REJECT'
group by dstport
