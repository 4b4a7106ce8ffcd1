"""What AWS gives back as it was sent, and moto 5.2 forgets or invents: else a second `terraform plan` is not empty.

Pages are named from https://docs.aws.amazon.com/autoscaling/ec2/ on, those of EC2 from https://docs.aws.amazon.com/ on.
"""

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.types import Base64EncodedString
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import parse_user_data
from patching import patch


@patch(AutoScalingResponse)
def put_lifecycle_hook(original, self):
    """APIReference/API_LifecycleHook.html: a hook has a target and a role only when it was given them. moto invents both."""
    answer, params = original(self), self._get_params()
    hook = self.autoscaling_backend.lifecycle_hooks[f"{params['AutoScalingGroupName']}_{params['LifecycleHookName']}"]
    hook.notification_target_arn = params.get("NotificationTargetARN")
    hook.role_arn = params.get("RoleARN")
    hook.notification_metadata = params.get("NotificationMetadata")
    return answer


@patch(AutoScalingResponse, "create_auto_scaling_group", "update_auto_scaling_group")
def keep_group_fields(original, self):
    """APIReference/API_AutoScalingGroup.html: fields of a group that moto takes and forgets."""
    answer, params = original(self), self._get_params()
    group = self.autoscaling_backend.autoscaling_groups[params["AutoScalingGroupName"]]
    for name in ("DefaultInstanceWarmup", "MaxInstanceLifetime", "InstanceMaintenancePolicy"):
        # -1 takes a warm-up away.
        if name in params:
            setattr(group, name, None if params[name] == -1 else params[name])
    return answer


@patch(AutoScalingResponse)
def put_scaling_policy(original, self):
    """APIReference/API_ScalingPolicy.html: `Enabled` (default true) is given back, and no empty predictive block is."""
    answer, params = original(self), self._get_params()
    policy = self.autoscaling_backend.policies[params["PolicyName"]]
    policy.enabled = params.get("Enabled", True)
    policy.predictive_scaling_configuration = params.get("PredictiveScalingConfiguration")
    return answer


@patch(EC2Backend)
def create_launch_template(original, self, name, description, template_data, tag_spec):
    """AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html: a template's own tags are no part of its data."""
    specs = template_data.pop("TagSpecifications", [])
    if kept := [one for one in specs if one["ResourceType"] != "launch-template"]:
        template_data["TagSpecifications"] = kept
    return original(self, name, description, template_data, tag_spec)


@patch(LaunchTemplate)
def create_version(original, self, data, description):
    """AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html: later versions can be launched too, with user data."""
    if not isinstance(data.get("UserData"), Base64EncodedString):
        data["UserData"] = parse_user_data(data.get("UserData"))
    return original(self, data, description)


# AWSEC2/latest/APIReference/API_SecurityGroupRule.html: a rule that names a peer group keeps its description too.
SecurityGroupRule.description = property(
    lambda self: self.ip_range.get("Description") or self.source_group.get("Description")
)
