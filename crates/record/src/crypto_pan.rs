//! Pseudonyms for addresses that keep what networks have in common: Crypto-PAn.
//!
//! Two addresses that share their first *n* bits get pseudonyms that share their first *n*
//! bits, and no more. The same key gives the same pseudonyms everywhere, so files that were
//! made apart can still be joined. Whoever has the key can undo it; and whoever knows some
//! addresses behind their pseudonyms knows the networks of their neighbours too. The
//! result is pseudonymous, not anonymous.
//!
//! Source: Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization:
//! Measurement-based Security Evaluation and a New Cryptography-based Scheme", ICNP 2002. AES-128
//! is the cipher, as in the authors' implementation, whose published answers are in the tests.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::sync::OnceLock;

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// What is turned in the first bits of an address is kept ready, for so many bits.
const READY_BITS: u32 = 16;

/// The secret of 32 bytes: the cipher's key, then what the padding is made of.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; 32]);

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key is empty")]
pub struct PseudonymKeyError;

impl PseudonymKeyError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(self) -> &'static str {
        "give 64 hexadecimal digits (`openssl rand -hex 32`), or a long passphrase"
    }
}

impl PseudonymKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What tells this key from others, without telling the key: 16 digits of a SHA-256 of it. Of a passphrase that can be guessed,
    /// it tells when the guess is right.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"flowcover pseudonym key")
            .chain_update(self.0)
            .finalize();
        let first = digest.iter().take(8);
        first.map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key of 64 hexadecimal digits, blanks and line ends around them let pass. `None` if the text is anything else.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        from_hexadecimal(text.trim()).map(Self)
    }

    /// The key that a text stands for, blanks and line ends around it let pass: 64 hexadecimal
    /// digits are the 32 bytes themselves, any other text is a passphrase, of which
    /// SHA-256 is taken. Nothing slows down who guesses: a passphrase must be long.
    ///
    /// # Errors
    /// If there is nothing but blanks.
    pub fn from_text(text: &str) -> Result<Self, PseudonymKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PseudonymKeyError);
        }
        let bytes = from_hexadecimal(text);
        Ok(Self(bytes.unwrap_or_else(|| Sha256::digest(text).into())))
    }
}

/// Without the secret.
impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

/// Gives pseudonyms to addresses. Cheap to share between threads by reference.
///
/// ```
/// use flowcover_record::crypto_pan::{CryptoPan, PseudonymKey};
/// let pseudonyms = CryptoPan::new(&PseudonymKey::from_text("correct horse battery staple")?);
/// let one = pseudonyms.ipv4([10, 0, 0, 1].into()).octets();
/// let other = pseudonyms.ipv4([10, 0, 0, 200].into()).octets();
/// assert_eq!(one[..3], other[..3]);
/// assert_ne!(one[3], other[3]);
/// # Ok::<(), flowcover_record::crypto_pan::PseudonymKeyError>(())
/// ```
pub struct CryptoPan {
    cipher: Aes128,
    padding: u128,
    /// For the first 16 bits of an address, the bits to turn. Made when first needed: IPv4 and
    /// IPv6 share it, for a prefix is padded alike in both.
    ready: OnceLock<Box<[u16]>>,
}

impl CryptoPan {
    /// A giver of pseudonyms with that key.
    #[must_use]
    pub fn new(key: &PseudonymKey) -> Self {
        let (cipher, padding) = key.0.split_at(16);
        let array =
            |bytes: &[u8]| -> [u8; 16] { bytes.try_into().expect("each half of 32 bytes has 16") };
        let cipher = Aes128::new(&Array(array(cipher)));
        let mut block = Array(array(padding));
        cipher.encrypt_block(&mut block);
        Self {
            cipher,
            padding: u128::from_be_bytes(block.0),
            ready: OnceLock::new(),
        }
    }

    /// The pseudonym of an address.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(address) => self.ipv4(address).into(),
            IpAddr::V6(address) => self.ipv6(address).into(),
        }
    }

    /// The pseudonym of an IPv4 address.
    #[must_use]
    pub fn ipv4(&self, address: Ipv4Addr) -> Ipv4Addr {
        let bits = u128::from(address.to_bits()) << 96;
        let turned = self.turned_bits::<16>(bits) >> 96;
        // 96 of 128 bits were shifted out: 32 are left.
        Ipv4Addr::from_bits(address.to_bits() ^ turned as u32)
    }

    /// The pseudonym of an IPv6 address.
    #[must_use]
    pub fn ipv6(&self, address: Ipv6Addr) -> Ipv6Addr {
        let bits = address.to_bits();
        Ipv6Addr::from_bits(bits ^ self.turned_bits::<112>(bits))
    }

    /// The pseudonym of an address as a record has it. `None` if the text is no address.
    #[must_use]
    pub fn text(&self, address: &str) -> Option<String> {
        let address: IpAddr = address.parse().ok()?;
        Some(self.address(address).to_string())
    }

    /// Which bits of an address to turn, from the highest: the ready ones, then `REST` more.
    fn turned_bits<const REST: usize>(&self, bits: u128) -> u128 {
        let ready = self.ready.get_or_init(|| self.make_ready());
        // The highest 16 bits of 128: an index into 2¹⁶ places.
        let first = (bits >> (u128::BITS - READY_BITS)) as usize;
        let mut turned = u128::from(ready.get(first).copied().unwrap_or_default()) << 112;
        let mut blocks: [_; REST] = std::array::from_fn(|index| self.block(bits, 16 + index));
        self.cipher.encrypt_blocks(&mut blocks);
        for (index, block) in blocks.iter().enumerate() {
            turned |= highest_bit(block) >> (16 + index);
        }
        turned
    }

    /// What is enciphered to know whether to turn the bit after the first `length`: these bits,
    /// then those of the padding.
    fn block(&self, bits: u128, length: usize) -> aes::Block {
        let from_padding = u128::MAX >> length;
        Array(((bits & !from_padding) | (self.padding & from_padding)).to_be_bytes())
    }

    /// Every bit is worked out once for each prefix, not once for each address: 65,535 times
    /// the cipher for all of the first 16 bits.
    fn make_ready(&self) -> Box<[u16]> {
        let mut ready = vec![0_u16; 1 << READY_BITS].into_boxed_slice();
        let mut blocks = Vec::new();
        for length in 0..READY_BITS as usize {
            let below = READY_BITS as usize - length;
            blocks.clear();
            blocks.extend((0..1_u128 << length).map(|prefix| {
                // A prefix of no bits is 0, which cannot be shifted by all 128.
                let bits = prefix.checked_shl(u128::BITS - length as u32).unwrap_or(0);
                self.block(bits, length)
            }));
            self.cipher.encrypt_blocks(&mut blocks);
            for (block, places) in blocks.iter().zip(ready.chunks_exact_mut(1 << below)) {
                let bit = (highest_bit(block) >> (112 + length)) as u16;
                places.iter_mut().for_each(|place| *place |= bit);
            }
        }
        ready
    }
}

/// Without the secret.
impl fmt::Debug for CryptoPan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CryptoPan(..)")
    }
}

fn highest_bit(block: &aes::Block) -> u128 {
    u128::from_be_bytes(block.0) & (1 << 127)
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16)?.try_into().ok())
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    rest.is_empty().then(|| bytes.try_into().ok())?
}

#[cfg(test)]
mod tests;
