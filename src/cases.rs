//! What tests of properties have in common. The integration tests use it as well.

use proptest::test_runner::{Config, RngSeed};

/// The same cases in every run, so that no run fails by chance. `PROPTEST_CASES` asks for more of them, `PROPTEST_RNG_SEED` for others.
pub(crate) fn cases(count: u32) -> Config {
    let asked = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { count };
    let rng_seed = if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { asked.rng_seed };
    Config { cases, rng_seed, ..asked }
}
