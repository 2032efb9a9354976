//! RSA private keys (RFC 8017 A.1.2): the public key they hold, and whether their eight numbers fit.

use super::KeyFault;
use super::numbers::{MAX_BITS, Number, unsigned};
use crate::curve::bit_len;
use crate::der::{Reader, Result, Tag};
use crate::writer;

/// The DER of the RSAPublicKey, with what is wrong.
pub(super) fn read(der: &[u8], offset: usize, faults: &mut Vec<KeyFault>) -> Result<Vec<u8>> {
    let outer = Reader::at(der, offset).expect(Tag::SEQUENCE, "RSAPrivateKey")?;
    let mut r = outer.reader();
    r.expect(Tag::INTEGER, "version of RSAPrivateKey")?;
    let n = unsigned(&mut r, "modulus", faults)?;
    let e = unsigned(&mut r, "publicExponent", faults)?;
    let d = unsigned(&mut r, "privateExponent", faults)?;
    let mut rest = [&[][..]; 5];
    for (slot, name) in rest.iter_mut().zip(["prime1", "prime2", "exponent1", "exponent2", "coefficient"]) {
        *slot = unsigned(&mut r, name, faults)?;
    }
    let more = match r.optional(Tag::SEQUENCE, "otherPrimeInfos")? {
        Some(list) => other_primes(list.reader())?,
        None => Vec::new(),
    };
    if !more.is_empty() {
        faults.push(KeyFault::ManyPrimes(more.len().saturating_add(2)));
    }
    let largest = [n, e, d].iter().chain(&rest).map(|x| bit_len(x)).max().unwrap_or(0);
    if largest > MAX_BITS {
        faults.push(KeyFault::TooLarge(largest));
    } else {
        check(n, e, d, rest, &more, faults);
    }
    Ok(writer::sequence(&[positive(n), positive(e)]))
}

/// INTEGER of a non-negative number.
pub(super) fn positive(digits: &[u8]) -> Vec<u8> {
    match digits.first() {
        Some(top) if top & 0x80 == 0 => writer::integer(digits),
        _ => writer::integer(&[&[0], digits].concat()),
    }
}

/// A further prime with its exponent and coefficient.
type OtherPrime<'a> = [&'a [u8]; 3];

fn other_primes(list: Reader<'_>) -> Result<Vec<OtherPrime<'_>>> {
    let mut out = Vec::new();
    for item in list.elements("OtherPrimeInfo").take(8) {
        let mut r = item?.expect(Tag::SEQUENCE, "OtherPrimeInfo")?.reader();
        let mut info = [&[][..]; 3];
        for (slot, name) in info.iter_mut().zip(["prime", "exponent", "coefficient"]) {
            *slot = r.expect(Tag::INTEGER, name)?.content;
        }
        out.push(info);
    }
    Ok(out)
}

fn check(n: &[u8], e: &[u8], d: &[u8], rest: [&[u8]; 5], more: &[OtherPrime<'_>], faults: &mut Vec<KeyFault>) {
    let [p, q, dp, dq, qi] = rest.map(Number::new);
    let (n, e, d) = (Number::new(n), Number::new(e), Number::new(d));
    // Without primes (some smart card and hardware tools write them as 0) there is nothing to check against.
    if p.is_zero() || q.is_zero() || n.is_zero() || e.is_zero() || d.is_zero() {
        return;
    }
    let mut product = p.times(&q);
    for [prime, ..] in more {
        product = product.times(&Number::new(prime));
    }
    if !product.equals(&n) {
        faults.push(KeyFault::ModulusNotProduct);
        return;
    }
    let de = d.times(&e);
    let undoes = |prime: &Number| prime.is_one() || de.modulo(&prime.less_one()).is_one();
    let others: Vec<[Number; 3]> = more.iter().map(|info| info.map(Number::new)).collect();
    if p.is_one() || q.is_one() || !undoes(&p) || !undoes(&q) || !others.iter().all(|[r, ..]| undoes(r)) {
        faults.push(KeyFault::ExponentsDoNotFit);
    }
    let mut part = |name: &'static str, value: &Number, fits: bool| {
        if !value.is_zero() && !fits {
            faults.push(KeyFault::CrtPart(name));
        }
    };
    part("exponent1", &dp, dp.equals(&d.modulo(&p.less_one())));
    part("exponent2", &dq, dq.equals(&d.modulo(&q.less_one())));
    part("coefficient", &qi, qi.times(&q).modulo(&p).is_one());
    let mut before = p.times(&q);
    for [r, exponent, coefficient] in &others {
        part("exponent of a further prime", exponent, exponent.equals(&d.modulo(&r.less_one())));
        part("coefficient of a further prime", coefficient, coefficient.times(&before).modulo(r).is_one());
        before = before.times(r);
    }
}
