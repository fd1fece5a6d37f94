//! Points in time as providers write them.

use super::Encode;

/// A point in time: milliseconds since 1970, UTC. Written to JSON as `2026-11-23T12:00:00.000Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub u64);

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// From the day of the week on which 1970 began.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

impl Time {
    /// Reads ISO 8601 (`2026-11-23T12:00:00.123Z`, `+01:00`, no zone meaning UTC) or an HTTP date.
    pub fn parse(text: &str) -> Option<Time> {
        let text = text.trim_ascii();
        if text.as_bytes().first()?.is_ascii_digit() { iso(text) } else { http(text) }
    }

    /// `20261123T120000Z`, as AWS signatures want it.
    pub fn amz(self) -> String {
        let (y, m, d) = self.date();
        let s = self.0 / 1000 % 86_400;
        let mut out = String::with_capacity(16);
        for (number, width) in [(y, 4), (m, 2), (d, 2)] {
            digits(&mut out, number, width);
        }
        out.push('T');
        for number in [s / 3600, s / 60 % 60, s % 60] {
            digits(&mut out, number, 2);
        }
        out.push('Z');
        out
    }

    /// `2026-11-23T12:00:00.000Z`.
    pub fn iso(self) -> String {
        let (y, m, d) = self.date();
        let s = self.0 / 1000 % 86_400;
        let mut out = String::with_capacity(24);
        for (number, width, after) in
            [(y, 4, '-'), (m, 2, '-'), (d, 2, 'T'), (s / 3600, 2, ':'), (s / 60 % 60, 2, ':'), (s % 60, 2, '.'), (self.0 % 1000, 3, 'Z')]
        {
            digits(&mut out, number, width);
            out.push(after);
        }
        out
    }

    /// `Mon, 23 Nov 2026 12:00:00 GMT`, as HTTP has it.
    pub fn http(self) -> String {
        let (y, m, d) = self.date();
        let name = |names: &[&'static str], at: u64| names.get(at as usize).copied().unwrap_or("");
        let s = self.0 / 1000 % 86_400;
        let mut out = String::with_capacity(29);
        out.push_str(name(&DAYS, self.0 / 86_400_000 % 7));
        out.push_str(", ");
        digits(&mut out, d, 2);
        out.push(' ');
        out.push_str(name(&MONTHS, m - 1));
        out.push(' ');
        for (number, width, after) in [(y, 4, ' '), (s / 3600, 2, ':'), (s / 60 % 60, 2, ':'), (s % 60, 2, ' ')] {
            digits(&mut out, number, width);
            out.push(after);
        }
        out.push_str("GMT");
        out
    }

    /// Year, month and day of the month.
    fn date(self) -> (u64, u64, u64) {
        // Howard Hinnant's civil_from_days, for days since 0000-03-01.
        let z = self.0 / 86_400_000 + 719_468;
        let era = z / 146_097;
        let doe = z % 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (yoe + era * 400 + u64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
    }
}

fn digits(out: &mut String, number: u64, width: u32) {
    for place in (0..width).rev() {
        out.push(char::from(b'0' + (number / 10_u64.pow(place) % 10) as u8));
    }
}

fn civil(y: i64, m: i64, d: i64, seconds: i64, ms: i64) -> Option<Time> {
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let last = match m {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1970..=9999).contains(&y) || !(1..=12).contains(&m) || !(1..=last).contains(&d) {
        return None;
    }
    let y = y - i64::from(m <= 2);
    let era = y / 400;
    let yoe = y % 400;
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + d - 1;
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
    u64::try_from((days * 86_400 + seconds) * 1000 + ms).ok().map(Time)
}

/// Seconds since midnight; a leap second counts.
fn clock(h: i64, min: i64, s: i64) -> Option<i64> {
    if h > 24 || min > 59 || s > 60 { None } else { Some(h * 3600 + min * 60 + s) }
}

fn iso(text: &str) -> Option<Time> {
    let mut p = Digits(text.as_bytes());
    let (y, m, d) = (
        p.number(4)?,
        {
            p.skip(b'-');
            p.number(2)?
        },
        {
            p.skip(b'-');
            p.number(2)?
        },
    );
    if !(p.skip(b'T') || p.skip(b' ') || p.skip(b't')) {
        return if p.0.is_empty() { civil(y, m, d, 0, 0) } else { None };
    }
    let (h, min) = (p.number(2)?, {
        p.skip(b':');
        p.number(2)?
    });
    let s = if p.skip(b':') || p.0.first().is_some_and(u8::is_ascii_digit) { p.number(2)? } else { 0 };
    let mut ms = 0;
    if p.skip(b'.') {
        let mut scale = 100;
        while let Some(digit) = p.digit() {
            ms += digit * scale;
            scale /= 10;
        }
    }
    let sign = if p.skip(b'+') {
        1
    } else if p.skip(b'-') {
        -1
    } else {
        0
    };
    let offset = if sign == 0 {
        if !p.0.is_empty() && !p.skip(b'Z') && !p.skip(b'z') {
            return None;
        }
        0
    } else {
        let hours = p.number(2)?;
        p.skip(b':');
        sign * (hours * 3600 + p.number(2).unwrap_or(0) * 60)
    };
    civil(y, m, d, clock(h, min, s)? - offset, ms)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http(text: &str) -> Option<Time> {
    let mut words = text.split([' ', '-', ',', ':']).filter(|w| !w.is_empty()).skip(1);
    let number = |word: Option<&str>| Some(super::parse_number(word?)? as i64);
    let day = number(words.next())?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
    let year = number(words.next())?;
    civil(year, month, day, clock(number(words.next())?, number(words.next())?, number(words.next())?)?, 0)
}

struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn digit(&mut self) -> Option<i64> {
        let (first, rest) = self.0.split_first()?;
        if !first.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        Some(i64::from(first - b'0'))
    }

    fn number(&mut self, width: usize) -> Option<i64> {
        (0..width).try_fold(0, |n, _| Some(n * 10 + self.digit()?))
    }

    fn skip(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }
}

impl Encode for Time {
    fn encode(&self, out: &mut String) {
        self.iso().encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, iso) in [
            ("2015-08-30T12:36:00Z", "2015-08-30T12:36:00.000Z"),
            ("2015-08-30T12:36:00.5", "2015-08-30T12:36:00.500Z"),
            ("2015-08-30T12:36:00.123456+02:00", "2015-08-30T10:36:00.123Z"),
            ("2015-08-30 12:36:00-0530", "2015-08-30T18:06:00.000Z"),
            ("20150830T123600Z", "2015-08-30T12:36:00.000Z"),
            ("2016-02-29", "2016-02-29T00:00:00.000Z"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Time::parse(text).map(Time::iso).as_deref(), Some(iso), "{text}");
        }
        for text in [
            "",
            "soon",
            "2015",
            "2015-13-01",
            "2013-02-29",
            "1900-02-29",
            "2015-04-31",
            "2015-08-30T25:00:00Z",
            "2015-08-30T12:36:00 oops",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 9999999999999999:49:37 GMT",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
        assert_eq!(Time::parse("2015-08-30T12:36:00Z").unwrap().amz(), "20150830T123600Z");
        for text in ["Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2024 23:59:59 GMT"] {
            assert_eq!(Time::parse(text).unwrap().http(), text);
        }
    }
}
