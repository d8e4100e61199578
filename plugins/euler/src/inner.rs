//! What `churn` and `restart` ask of the sampler inside.

use ito_kit::Plan;
use ito_kit::abi::KIND_ODE;

/// Refuses a sampler inside that is not one of the probability flow on the steps it is given.
///
/// One that reads the path would use its noise twice, even where its plan claims no order (`plateau`): the increments
/// belong to the steps of the grid. Others do not end at the time that they are asked for, or choose their own steps.
pub(crate) fn of_the_flow(plan: &Plan) -> Result<(), String> {
    if plan.inner_kind == KIND_ODE {
        return Ok(());
    }
    Err("the sampler inside must be one of the probability flow (kind ode) as it is set up here: one with noise would \
         use the path of the sample twice, and others may end elsewhere than asked. Take for example `heun`"
        .into())
}

#[cfg(test)]
mod tests {
    use crate::{Churn, Restart};
    use ito_kit::abi::{KIND_ADAPTIVE, KIND_ITERATIVE, KIND_MCMC, KIND_ODE, KIND_PLATEAU, KIND_SDE};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn around_a_sampler_of_the_flow_alone() {
        let planned = |inner_kind| {
            let run = Run { times: &[2.0, 1.0], inner_kind, ..Run::new(&EDM, 1.0) };
            let churn = Run { params: &[("s_churn", Given::F64(1.0))], ..run };
            (churn.planned::<Churn>().map(|_| ()), run.planned::<Restart>().map(|_| ()))
        };
        assert_eq!(planned(KIND_ODE), (Ok(()), Ok(())));
        for kind in [KIND_SDE, KIND_ADAPTIVE, KIND_MCMC, KIND_PLATEAU, KIND_ITERATIVE] {
            let (churn, restart) = planned(kind);
            let told =
                |text: Result<(), String>| text.is_err_and(|text| text.contains("use the path of the sample twice"));
            assert!(told(churn) && told(restart), "kind {kind}");
        }
    }
}
