//! `in_cidr(address, block)`: whether an address lies in a block of addresses.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`; an address alone is a block of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    network: IpAddr,
    bits: u8,
}

/// A text that is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no block of addresses such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NoCidr(String);

impl From<IpAddr> for Cidr {
    /// The block of that address alone.
    fn from(network: IpAddr) -> Self {
        let bits = width(network);
        Self { network, bits }
    }
}

impl FromStr for Cidr {
    type Err = NoCidr;

    fn from_str(text: &str) -> Result<Self, NoCidr> {
        let no_cidr = || NoCidr(text.chars().take(60).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| no_cidr())?;
        let most = width(network);
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| no_cidr())?;
        if bits > most {
            return Err(no_cidr());
        }
        Ok(Self { network, bits })
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address as a number, at the upper end of its width.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Cidr {
    /// Whether the address lies in it. Addresses of the other family never do.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let mask = u128::MAX
            .checked_shl(128 - u32::from(self.bits))
            .unwrap_or(0);
        address.is_ipv4() == self.network.is_ipv4()
            && (number(address) ^ number(self.network)) & mask == 0
    }

    /// The block around what `address` makes of the address that it is named by.
    pub(crate) fn map(self, address: impl Fn(IpAddr) -> IpAddr) -> Self {
        Self {
            network: address(self.network),
            bits: self.bits,
        }
    }

    /// The address, if the block holds only one.
    #[must_use]
    pub fn single(&self) -> Option<IpAddr> {
        (self.bits == width(self.network)).then_some(self.network)
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.network, self.bits)
    }
}

/// The function for SQL.
pub(crate) fn in_cidr() -> ScalarUDF {
    ScalarUDF::from(InCidr {
        signature: Signature::string(2, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InCidr {
    signature: Signature,
}

impl ScalarUDFImpl for InCidr {
    fn name(&self) -> &'static str {
        "in_cidr"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let [address, block] = arguments.args.as_slice() else {
            return exec_err!("in_cidr takes an address and a block");
        };
        let ColumnarValue::Scalar(
            ScalarValue::Utf8(Some(block))
            | ScalarValue::Utf8View(Some(block))
            | ScalarValue::LargeUtf8(Some(block)),
        ) = block
        else {
            return exec_err!("the block of in_cidr must be a text such as '10.0.0.0/8'");
        };
        let block: Cidr = match block.parse() {
            Ok(block) => block,
            Err(error) => return exec_err!("{error}"),
        };
        let addresses = cast(&address.to_array(rows)?, &DataType::Utf8View)?;
        let addresses = addresses.as_string_view();
        let inside = |text: &str| {
            let address: Result<IpAddr, _> = text.parse();
            address.is_ok_and(|address| block.contains(address))
        };
        let found: BooleanArray = addresses.iter().map(|text| text.map(inside)).collect();
        Ok(ColumnarValue::Array(Arc::new(found) as Arc<dyn Array>))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_in_blocks() {
        let check = |block: &str, address: &str, expected: bool| {
            let block: Cidr = block.parse().unwrap();
            assert_eq!(
                block.contains(address.parse().unwrap()),
                expected,
                "{block} {address}"
            );
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.1.2.3/8", "10.255.0.1", true);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "::1", false);
        check("::/0", "2001:db8::1", true);
        check("2001:db8::/32", "2001:db8:1::9", true);
        check("2001:db8::/32", "2001:db9::", false);
        check("192.0.2.7", "192.0.2.7", true);
        check("192.0.2.7", "192.0.2.6", false);
        check("192.0.2.6/31", "192.0.2.7", true);
    }

    #[test]
    fn what_is_no_block() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "x/8",
        ] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
        assert_eq!(
            "10.0.0.1".parse::<Cidr>().unwrap().single(),
            Some("10.0.0.1".parse().unwrap())
        );
        assert_eq!("10.0.0.0/31".parse::<Cidr>().unwrap().single(), None);
    }
}
