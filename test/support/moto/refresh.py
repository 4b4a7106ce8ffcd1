"""Instance refresh, which moto 5.2 does not have.

Pages are named from https://docs.aws.amazon.com/autoscaling/ec2/ on; userguide/instance-refresh-overview.html tells it all.
"""

from uuid import uuid4

from lifecycle import end_instances
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from patching import patch


@patch(AutoScalingResponse)
def start_instance_refresh(_, self):
    """APIReference/API_StartInstanceRefresh.html: replaces all instances. On AWS bit by bit, here at once. Not in moto."""
    params = self._get_params()
    backend = self.autoscaling_backend
    group = backend.autoscaling_groups[params["AutoScalingGroupName"]]
    end_instances(backend, [state.instance_id for state in group.active_instances()])
    group.set_desired_capacity(group.desired_capacity)
    fields = {key: params[key] for key in ("AutoScalingGroupName", "Preferences", "DesiredConfiguration") if key in params}
    times = {"StartTime": utcnow(), "EndTime": utcnow()}
    done = {"Status": "Successful", "PercentageComplete": 100, "InstancesToUpdate": 0}
    group.refreshes = [{"InstanceRefreshId": str(uuid4()), **fields, **times, **done}, *getattr(group, "refreshes", [])]
    return ActionResult({"InstanceRefreshId": group.refreshes[0]["InstanceRefreshId"]})


@patch(AutoScalingResponse)
def describe_instance_refreshes(_, self):
    """APIReference/API_DescribeInstanceRefreshes.html: newest first. Not in moto."""
    params = self._get_params()
    group = self.autoscaling_backend.autoscaling_groups[params["AutoScalingGroupName"]]
    wanted = params.get("InstanceRefreshIds")
    found = [one for one in getattr(group, "refreshes", []) if not wanted or one["InstanceRefreshId"] in wanted]
    return ActionResult({"InstanceRefreshes": found})
