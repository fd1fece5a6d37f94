//! IP addresses as text. (What the standard library has for it is 5 kB.)

use super::wire::{number_text, parse_number};

/// Reads an IPv4 address: four numbers, none with a zero in front.
pub fn v4(text: &str) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut parts = text.split('.');
    for place in &mut address {
        let part = parts.next().filter(|part| part.len() == 1 || !part.starts_with('0'))?;
        *place = u8::try_from(parse_number(part)?).ok()?;
    }
    if parts.next().is_none() { Some(address) } else { None }
}

/// Reads an IPv6 address, as eight groups.
pub fn v6(text: &str) -> Option<[u16; 8]> {
    let gap = text.as_bytes().windows(2).position(|pair| pair == b"::");
    let (front, back) = match gap {
        Some(at) => (groups(text.get(..at)?, false)?, groups(text.get(at + 2..)?, true)?),
        None => (groups(text, true)?, Vec::new()),
    };
    let missing = 8_usize.checked_sub(front.len() + back.len())?;
    let all = [front, vec![0; missing], back].concat();
    if (missing > 0) == gap.is_some() { all.try_into().ok() } else { None }
}

/// Groups between colons; the last two may be written as an IPv4 address where the address ends.
fn groups(text: &str, ends: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    let mut parts = text.split(':').peekable();
    while let Some(part) = parts.next().filter(|_| !text.is_empty()) {
        if ends && parts.peek().is_none() && part.contains('.') {
            let [a, b, c, d] = v4(part)?;
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
        } else if (1..=4).contains(&part.len()) {
            groups.push(part.chars().try_fold(0, |group, c| Some(group * 16 + c.to_digit(16)? as u16))?);
        } else {
            return None;
        }
    }
    Some(groups)
}

/// Writes an IPv6 address in its shortest form (RFC 5952).
pub fn v6_text(groups: &[u16; 8]) -> String {
    if let [0, 0, 0, 0, 0, 0xffff, high, low] = groups {
        let parts = [high >> 8, high & 255, low >> 8, low & 255].map(|n| number_text(n.into()));
        return ["::ffff:", &parts.join(".")].concat();
    }
    let zeros = |from: usize| groups.iter().skip(from).take_while(|group| **group == 0).count();
    let (mut gap, mut length) = (8, 1);
    for from in 0..8 {
        if zeros(from) > length {
            (gap, length) = (from, zeros(from));
        }
    }
    let mut out = String::new();
    for (at, group) in groups.iter().enumerate() {
        if at == gap {
            out.push_str("::");
        } else if !(gap..gap + length).contains(&at) {
            if !out.is_empty() && !out.ends_with(':') {
                out.push(':');
            }
            let digits = super::wire::hex(&group.to_be_bytes());
            let digits = digits.trim_start_matches('0');
            out.push_str(if digits.is_empty() { "0" } else { digits });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn agrees_with_the_standard_library() {
        for text in ["1.2.3.4", "0.0.0.0", "255.255.255.255", "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1..2.3", "1.2.3.4 "]
        {
            assert_eq!(v4(text), text.parse::<Ipv4Addr>().ok().map(|a| a.octets()), "{text}");
        }
        for text in [
            "::",
            "::1",
            "1::",
            "1:2:3:4:5:6:7:8",
            "2001:DB8::1",
            "2001:db8:0:0:1:0:0:1",
            "0:0:1::",
            "1:0:0:2:0:0:0:3",
            "1:0:3:4:5:6:7:8",
            "::ffff:192.0.2.1",
            "::192.0.2.1",
            "64:ff9b::1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "fe80::0001",
            "",
            ":",
            ":::",
            "1",
            "1:",
            ":1",
            "1::2::3",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4::5:6:7:8",
            "12345::",
            "g::",
            "1.2.3.4",
            "::1.2.3",
            "1.2.3.4::",
            "::1.2.3.4:5",
            "fe80::1%eth0",
            " ::1",
            "+1::",
        ] {
            let want = text.parse::<Ipv6Addr>().ok();
            assert_eq!(v6(text), want.map(|a| a.segments()), "{text}");
            assert_eq!(v6(text).map(|a| v6_text(&a)), want.map(|a| a.to_string()), "{text}");
        }
    }
}
