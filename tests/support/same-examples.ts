/**
 * Property tests use the same examples in every run, so that they are reproducible. `FC_SEED=7 npm test` uses others.
 */
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? 1) })
