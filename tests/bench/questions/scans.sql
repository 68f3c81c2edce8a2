select
    case when srcport < dstport then dstaddr else srcaddr end as client,
    case when srcport < dstport then srcaddr else dstaddr end as server,
    count(distinct case when srcport < dstport then srcport else dstport end) as ports
from records
where srcaddr is not null
group by 1, 2
having count(distinct case when srcport < dstport then srcport else dstport end) > 100
