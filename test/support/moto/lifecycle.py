"""Lifecycle hooks that hold an instance, which moto 5.2 stores and does not obey.

Pages are named from https://docs.aws.amazon.com/autoscaling/ec2/ on; userguide/lifecycle-hooks-overview.html tells it all.
"""

from threading import Timer

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, TerminateInstanceActivity
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult
from patching import patch


@patch(AutoScalingBackend)
def terminate_instance(original, self, instance_id, should_decrement):
    """An instance whose group has terminating hooks waits for each, until it is completed or times out. moto ends it at once."""
    state = (self.describe_auto_scaling_instances([instance_id]) or [None])[0]
    hooks = self.describe_lifecycle_hooks(state.auto_scaling_group_name) if state else []
    hooks = [one for one in hooks if one.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING"]
    if not hooks:
        return original(self, instance_id, should_decrement)
    group = state.auto_scaling_group
    before = group.desired_capacity
    state.lifecycle_state = "Terminating:Wait"
    state.actions = {}
    for hook in hooks:
        wait_for(self, state, hook)
    group.set_desired_capacity(before - 1 if should_decrement else before)
    return TerminateInstanceActivity(state.instance, before)


def wait_for(backend, state, hook):
    """Starts, or starts again, the time of one hook; at its end the hook's default result counts."""
    if hook.name in state.actions:
        state.actions[hook.name].cancel()
    timer = Timer(int(hook.heartbeat_timeout), complete, (backend, state, hook.name))
    timer.daemon = True
    state.actions[hook.name] = timer
    timer.start()


def complete(backend, state, hook_name):
    """On the way out CONTINUE and ABANDON both end the instance, once no hook is left."""
    state.actions.pop(hook_name).cancel()
    if not state.actions:
        end_instances(backend, [state.instance_id])


def end_instances(backend, ids):
    """As when somebody ends them in EC2: the group forgets them, and replaces those that were in service."""
    backend.ec2_backend.terminate_instances(ids)
    backend.notify_terminate_instances(ids)


def action_of(self):
    """The waiting instance and the hook that a request names. The error is that of AWS, as users report it."""
    params = self._get_params()
    backend, wanted = self.autoscaling_backend, params.get("InstanceId")
    for state in backend.describe_auto_scaling_instances([wanted]):
        hook = backend.lifecycle_hooks.get(f"{params['AutoScalingGroupName']}_{params['LifecycleHookName']}")
        if hook and hook.name in getattr(state, "actions", {}):
            return backend, state, hook
    raise ValidationError(f"No active Lifecycle Action found with instance ID {wanted}")


@patch(AutoScalingResponse)
def record_lifecycle_action_heartbeat(_, self):
    """APIReference/API_RecordLifecycleActionHeartbeat.html: begins the hook's time anew. Not in moto."""
    wait_for(*action_of(self))
    return EmptyResult()


@patch(AutoScalingResponse)
def complete_lifecycle_action(_, self):
    """APIReference/API_CompleteLifecycleAction.html: the instance goes on to its end. Not in moto."""
    backend, state, hook = action_of(self)
    complete(backend, state, hook.name)
    return EmptyResult()
