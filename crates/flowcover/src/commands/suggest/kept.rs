//! The conversations of one reading, kept so that they can be gone through again: what is proposed is replayed over the very flows that it
//! was made from. Those that do not fit into memory go to a temporary file without a name.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::net::{IpAddr, Ipv6Addr};

use flowcover_core::suggest::AcceptedFlow;
use flowcover_lake::{Conversation, Ends, Interfaces, Outcome};

/// Bytes of a conversation in the file.
const BYTES: usize = 99;

/// Conversations that were accepted.
#[derive(Debug)]
pub(super) struct Kept {
    held: Vec<Conversation>,
    /// Most that are held in memory.
    most: usize,
    file: Option<BufWriter<File>>,
    in_file: u64,
}

impl Kept {
    /// Holds at most so many bytes in memory.
    pub(super) fn within(bytes: usize) -> Self {
        Self::of(bytes / size_of::<Conversation>())
    }

    fn of(most: usize) -> Self {
        Self {
            held: Vec::new(),
            most: most.max(2),
            file: None,
            in_file: 0,
        }
    }

    /// Takes one more in.
    pub(super) fn add(&mut self, conversation: &Conversation) -> io::Result<()> {
        if self.held.len() >= self.most {
            self.merge();
            if self.held.len() > self.most / 2 {
                self.put_away()?;
            }
        }
        self.held.push(*conversation);
        Ok(())
    }

    /// Makes one of those with the same ends.
    fn merge(&mut self) {
        self.held.sort_unstable_by_key(|it| it.ends);
        self.held.dedup_by(|next, before| {
            let is_same = next.ends == before.ends;
            if is_same {
                before.add(next);
            }
            is_same
        });
    }

    fn put_away(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(BufWriter::new(tempfile::tempfile()?));
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        for conversation in self.held.drain(..) {
            file.write_all(&encoded(&conversation))?;
            self.in_file = self.in_file.saturating_add(1);
        }
        Ok(())
    }

    /// No more comes. Where all are in memory, their order does not depend on the order of reading from now on.
    pub(super) fn finish(&mut self, interfaces: &Interfaces) -> io::Result<()> {
        self.merge();
        let key = |ends: &Ends| {
            let name = |number| interfaces.name(number).map(str::to_owned);
            let seen_by = ends.seen_by.map(name);
            let (client, server) = (name(ends.client_interface), name(ends.server_interface));
            (
                (ends.client, ends.server, ends.protocol, ends.server_port),
                (client, server, seen_by),
            )
        };
        self.held.sort_by_cached_key(|it| key(&it.ends));
        match &mut self.file {
            Some(file) => file.flush(),
            None => Ok(()),
        }
    }

    /// Whether some had to go to the file.
    pub(super) const fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Goes through all of them.
    pub(super) fn each(
        &mut self,
        interfaces: &Interfaces,
        mut take: impl FnMut(&AcceptedFlow<'_>),
    ) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            let mut file = file.get_ref();
            file.seek(SeekFrom::Start(0))?;
            let mut file = BufReader::new(file);
            let mut bytes = [0; BYTES];
            for _ in 0..self.in_file {
                file.read_exact(&mut bytes)?;
                hand_over(&decoded(&bytes), interfaces, &mut take);
            }
        }
        for conversation in &self.held {
            hand_over(conversation, interfaces, &mut take);
        }
        Ok(())
    }
}

fn hand_over(
    conversation: &Conversation,
    interfaces: &Interfaces,
    take: &mut impl FnMut(&AcceptedFlow<'_>),
) {
    let ends = &conversation.ends;
    let named = ends.seen_by.map(|number| interfaces.name(number));
    let mut seen_by = [""; 4];
    let mut count = 0;
    for name in named.into_iter().flatten() {
        seen_by[count] = name;
        count += 1;
    }
    take(&AcceptedFlow {
        client: ends.client,
        server: ends.server,
        server_port: ends.server_port,
        protocol: ends.protocol,
        client_interface_id: interfaces.name(ends.client_interface),
        server_interface_id: interfaces.name(ends.server_interface),
        seen_by: &seen_by[..count],
        packets: conversation.packets,
        bytes: conversation.bytes,
        first_seen: conversation.first_seen,
        last_seen: conversation.last_seen,
        flows: conversation.flows,
    });
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn encoded(conversation: &Conversation) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let mut rest = &mut bytes[..];
    let mut put = |part: &[u8]| {
        let (here, after) = std::mem::take(&mut rest).split_at_mut(part.len());
        here.copy_from_slice(part);
        rest = after;
    };
    let ends = &conversation.ends;
    put(&bits(ends.client).to_le_bytes());
    put(&bits(ends.server).to_le_bytes());
    put(&ends.server_port.to_le_bytes());
    put(&[ends.protocol]);
    put(&ends.client_interface.to_le_bytes());
    put(&ends.server_interface.to_le_bytes());
    for number in ends.seen_by {
        put(&number.to_le_bytes());
    }
    put(&conversation.flows.to_le_bytes());
    put(&conversation.packets.to_le_bytes());
    put(&conversation.bytes.to_le_bytes());
    put(&conversation.first_seen.to_le_bytes());
    put(&conversation.last_seen.to_le_bytes());
    bytes
}

fn decoded(bytes: &[u8; BYTES]) -> Conversation {
    let mut rest = &bytes[..];
    let mut address = || Ipv6Addr::from_bits(u128::from_le_bytes(taken(&mut rest))).to_canonical();
    let (client, server) = (address(), address());
    let server_port = u16::from_le_bytes(taken(&mut rest));
    let [protocol] = taken(&mut rest);
    let mut number = || u32::from_le_bytes(taken(&mut rest));
    let (client_interface, server_interface) = (number(), number());
    let seen_by = [number(), number(), number(), number()];
    let mut count = || u64::from_le_bytes(taken(&mut rest));
    let (flows, packets, octets) = (count(), count(), count());
    let mut moment = || i64::from_le_bytes(taken(&mut rest));
    Conversation {
        ends: Ends {
            client,
            server,
            server_port,
            protocol,
            outcome: Outcome::Accepted,
            client_interface,
            server_interface,
            seen_by,
        },
        flows,
        packets,
        bytes: octets,
        first_seen: moment(),
        last_seen: moment(),
    }
}

/// The next bytes of a conversation.
fn taken<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (here, after) = rest
        .split_first_chunk()
        .expect("the parts of a conversation are as long as it is");
    *rest = after;
    *here
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn conversation() -> impl Strategy<Value = Conversation> {
        let address = prop_oneof![
            (0..4_u32).prop_map(|it| IpAddr::V4(it.into())),
            (1 << 100..(1_u128 << 100) + 4).prop_map(|it| IpAddr::V6(it.into())),
        ];
        let number = prop_oneof![0..3_u32, Just(Interfaces::NONE)];
        let numbers = (
            number.clone(),
            number.clone(),
            prop::array::uniform4(number),
        );
        let service = (0..3_u16, 0..3_u8);
        let counts = (1..9_u64, any::<u32>(), any::<u32>());
        let times = (-9_i64..9, 9_i64..20);
        ((address.clone(), address), service, numbers, counts, times).prop_map(
            |((client, server), (server_port, protocol), numbers, counts, times)| Conversation {
                ends: Ends {
                    client,
                    server,
                    server_port,
                    protocol,
                    outcome: Outcome::Accepted,
                    client_interface: numbers.0,
                    server_interface: numbers.1,
                    seen_by: numbers.2,
                },
                flows: counts.0,
                packets: counts.1.into(),
                bytes: counts.2.into(),
                first_seen: times.0,
                last_seen: times.1,
            },
        )
    }

    type Sums = BTreeMap<(IpAddr, IpAddr, u16, u8), (u64, u64, u64, i64, i64)>;

    fn add(sums: &mut Sums, flow: &AcceptedFlow<'_>) {
        let key = (flow.client, flow.server, flow.server_port, flow.protocol);
        let sum = sums.entry(key).or_insert((0, 0, 0, i64::MAX, i64::MIN));
        sum.0 += flow.flows;
        sum.1 += flow.packets;
        sum.2 += flow.bytes;
        sum.3 = sum.3.min(flow.first_seen);
        sum.4 = sum.4.max(flow.last_seen);
    }

    proptest! {
        #[test]
        fn a_conversation_is_read_as_it_was_written(it in conversation()) {
            prop_assert_eq!(decoded(&encoded(&it)), it);
        }

        #[test]
        fn nothing_is_lost_in_the_file_and_it_can_be_read_twice(
            all in prop::collection::vec(conversation(), 0..80),
            most in 2_usize..30,
        ) {
            let interfaces = Interfaces::default();
            let mut expected = Sums::new();
            for it in &all {
                hand_over(it, &interfaces, &mut |flow| add(&mut expected, flow));
            }
            let mut kept = Kept::of(most);
            for it in &all {
                kept.add(it).unwrap();
            }
            kept.finish(&interfaces).unwrap();
            for _ in 0..2 {
                let mut found = Sums::new();
                kept.each(&interfaces, |flow| add(&mut found, flow)).unwrap();
                prop_assert_eq!(&found, &expected);
            }
        }
    }

    #[test]
    fn what_does_not_fit_goes_to_the_file() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut kept = Kept::of(4);
        for port in 0..40_u16 {
            let tree = conversation().new_tree(&mut runner).unwrap();
            let mut it = proptest::strategy::ValueTree::current(&tree);
            it.ends.server_port = port;
            kept.add(&it).unwrap();
        }
        kept.finish(&Interfaces::default()).unwrap();
        assert!(kept.has_file());
        let mut ports = Vec::new();
        kept.each(&Interfaces::default(), |flow| ports.push(flow.server_port))
            .unwrap();
        ports.sort_unstable();
        assert_eq!(ports, (0..40).collect::<Vec<_>>());
    }
}
