# An instance that boots before its policy is attached cannot read its secrets.
output "name" {
  description = "The instance profile, for a launch template; known only when its policy is attached"
  value       = aws_iam_instance_profile.instance.name
  depends_on  = [aws_iam_role_policy.instance]
}
