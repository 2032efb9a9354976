//! What was written, read again as a server would: is everything in it, in order, and does the key belong to it?
use crate::{Outgoing, Plan, Shape};
use std::sync::Arc;
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::{
    Certificate, RustVerifier, file,
    secret::{Limits, NoPasswords, Password, Passwords},
};

/// Checks the octets of a file after they were read from the disk; what holds, in one sentence.
///
/// # Errors
/// What does not hold.
pub fn recheck(file: &Outgoing, octets: &[u8], plan: &Plan, password: Option<&Password>) -> Result<Say, Say> {
    let mut one: Vec<Password>;
    let passwords: &mut dyn Passwords = match password {
        Some(p) => {
            one = vec![p.clone()];
            &mut one
        }
        None => &mut NoPasswords,
    };
    let contents = file::read(octets, passwords, &Limits::default());
    if let Some(fault) = contents.faults.first() {
        return Err(say!("it does not read: {why}", "다시 읽히지 않습니다: {why}", why = Arg::quote(&fault.why)));
    }
    let found: Vec<&Arc<Certificate>> = contents.certificates().collect();
    let wanted: &[Arc<Certificate>] = match file.shape {
        Shape::Key => &[],
        Shape::Leaf => plan.chain.get(..1).unwrap_or_default(),
        _ => &plan.chain,
    };
    let mut same: Vec<_> = found.iter().map(|c| c.id).collect();
    let mut ids: Vec<_> = wanted.iter().map(|c| c.id).collect();
    if file.shape == Shape::Pkcs7 {
        // a set has no order
        same.sort();
        ids.sort();
    }
    if same != ids {
        return Err(say!("other certificates stand in it than were meant", "뜻한 것과 다른 인증서가 들어 있습니다"));
    }
    for pair in wanted.windows(2) {
        if let [child, issuer] = pair
            && child.signed_by(&issuer.public_key, &RustVerifier).is_err()
        {
            return Err(say!("its certificates are not in order", "인증서의 순서가 맞지 않습니다"));
        }
    }
    let keys: Vec<_> = contents.private_keys().collect();
    match (file.secret, keys.as_slice(), plan.chain.first()) {
        (false, [], _) => Ok(say!(
            "read again: in order (certificates: {n})",
            "다시 읽음: 순서 맞음(인증서 {n}개)",
            n = Arg::num(found.len())
        )),
        (true, [key], Some(leaf)) if key.matches(leaf) && !key.is_broken() => Ok(match found.len() {
            0 => say!("read again: the private key of the certificate", "다시 읽음: 인증서의 개인 키"),
            n => say!(
                "read again: in order (certificates: {n}), with the private key of the first",
                "다시 읽음: 순서 맞음(인증서 {n}개), 첫 인증서의 개인 키 맞음",
                n = Arg::num(n)
            ),
        }),
        _ => Err(say!("the private key in it is not the one that was meant", "뜻한 개인 키가 들어 있지 않습니다")),
    }
}
