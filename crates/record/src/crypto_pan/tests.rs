#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// The key of the sample that the authors published with their implementation.
const SAMPLE_KEY: [u8; 32] = [
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121,
    121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
];

static SAMPLE: LazyLock<CryptoPan> =
    LazyLock::new(|| CryptoPan::new(&PseudonymKey::new(SAMPLE_KEY)));

/// The method as the paper states it, bit by bit, with nothing kept ready.
fn slowly(pan: &CryptoPan, bits: u128, width: usize) -> u128 {
    let turned = (0..width).fold(0, |turned, length| {
        let mut block = pan.block(bits, length);
        pan.cipher.encrypt_block(&mut block);
        turned | (highest_bit(&block) >> length)
    });
    bits ^ turned
}

/// From the sample trace of the authors' implementation.
#[test]
fn published_answers_for_ipv4() {
    let check = |address: &str, expected: &str| {
        assert_eq!(SAMPLE.text(address).as_deref(), Some(expected), "{address}");
    };
    check("128.11.68.132", "135.242.180.132");
    check("129.118.74.4", "134.136.186.123");
    check("130.132.252.244", "133.68.164.234");
    check("141.223.7.43", "141.167.8.160");
    check("141.233.145.108", "141.129.237.235");
    check("152.163.225.39", "151.140.114.167");
    check("156.29.3.236", "147.225.12.42");
    check("165.247.96.84", "162.9.99.234");
    check("166.107.77.190", "160.132.178.185");
    check("192.102.249.13", "252.138.62.131");
    check("192.215.32.125", "252.43.47.189");
    check("198.51.77.238", "249.18.186.254");
    check("204.29.20.4", "243.33.20.123");
    check("216.35.217.178", "235.195.157.81");
    check("24.94.26.44", "100.88.228.35");
    check("38.15.67.68", "64.3.66.187");
    check("4.3.88.225", "124.60.155.63");
    check("63.97.7.140", "95.97.9.123");
    check("64.14.118.196", "0.255.183.58");
    check("64.34.154.117", "0.221.154.117");
    check("10.185.25.118", "117.161.29.118");
}

/// What other implementations of the method agree on.
#[test]
fn known_answers_for_ipv6() {
    let check = |address: &str, expected: &str| {
        assert_eq!(SAMPLE.text(address).as_deref(), Some(expected), "{address}");
    };
    check("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed");
    check("::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef");
    check("::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838");
    check("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e");
    check("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c");
}

#[test]
fn texts_that_are_no_addresses() {
    for text in [
        "",
        "-",
        "10.0.0",
        "10.0.0.1/8",
        "eni-1",
        "fe80::1%eth0",
        " 10.0.0.1",
    ] {
        assert_eq!(SAMPLE.text(text), None, "{text:?}");
    }
}

#[test]
fn keys_from_texts() {
    let digits: String = SAMPLE_KEY
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let sample = PseudonymKey::new(SAMPLE_KEY);
    for text in [
        digits.clone(),
        digits.to_uppercase(),
        format!(" {digits}\r\n"),
    ] {
        assert_eq!(PseudonymKey::from_text(&text).unwrap(), sample);
    }
    // The answer of FIPS 180-2 for SHA-256 of `abc`.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        PseudonymKey::from_text("abc\n").unwrap(),
        PseudonymKey::from_text(abc).unwrap()
    );
    let almost = &digits[1..];
    assert_ne!(PseudonymKey::from_text(almost).unwrap(), sample);
    for empty in ["", " \r\n"] {
        let error = PseudonymKey::from_text(empty).unwrap_err();
        assert_eq!(error.to_string(), "the key is empty");
    }
}

#[test]
fn the_secret_is_not_shown() {
    let key = PseudonymKey::new(SAMPLE_KEY);
    assert_eq!(format!("{key:?}"), "PseudonymKey(..)");
    assert_eq!(format!("{:?}", CryptoPan::new(&key)), "CryptoPan(..)");
}

#[test]
fn another_key_gives_other_pseudonyms() {
    let other = CryptoPan::new(&PseudonymKey::from_text("abc").unwrap());
    assert_ne!(other.text("128.11.68.132"), SAMPLE.text("128.11.68.132"));
}

/// All of a network of 2¹⁶ addresses: no pseudonym comes twice.
#[test]
fn a_network_is_mapped_onto_a_network() {
    let mut pseudonyms: Vec<u32> = (0..=u16::MAX)
        .map(|host| {
            SAMPLE
                .ipv4(Ipv4Addr::from_bits((10 << 24) | u32::from(host)))
                .to_bits()
        })
        .collect();
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    assert_eq!(pseudonyms.len(), 1 << 16);
    assert!(
        pseudonyms
            .iter()
            .all(|address| address >> 16 == pseudonyms[0] >> 16)
    );
}

proptest! {
    #[test]
    fn prefixes_are_preserved_and_no_more_for_ipv4(one in any::<u32>(), shared in 0..32_u32, noise in any::<u32>()) {
        let other = one ^ ((1 << (31 - shared)) | (noise & ((1 << (31 - shared)) - 1)));
        let pseudonym = |bits| SAMPLE.ipv4(Ipv4Addr::from_bits(bits)).to_bits();
        prop_assert_eq!((pseudonym(one) ^ pseudonym(other)).leading_zeros(), shared);
    }

    #[test]
    fn prefixes_are_preserved_and_no_more_for_ipv6(one in any::<u128>(), shared in 0..128_u32, noise in any::<u128>()) {
        let other = one ^ ((1 << (127 - shared)) | (noise & ((1 << (127 - shared)) - 1)));
        let pseudonym = |bits| SAMPLE.ipv6(Ipv6Addr::from_bits(bits)).to_bits();
        prop_assert_eq!((pseudonym(one) ^ pseudonym(other)).leading_zeros(), shared);
    }

    #[test]
    fn what_is_kept_ready_changes_nothing(four in any::<u32>(), six in any::<u128>()) {
        let slow = slowly(&SAMPLE, u128::from(four) << 96, 32) >> 96;
        prop_assert_eq!(u128::from(SAMPLE.ipv4(Ipv4Addr::from_bits(four)).to_bits()), slow);
        prop_assert_eq!(SAMPLE.ipv6(Ipv6Addr::from_bits(six)).to_bits(), slowly(&SAMPLE, six, 128));
    }
}
