locals {
  # Inside double quotes Compose knows these escapes, and only these: everything else stands for itself.
  dotenv = join("", [
    for name, value in merge(var.environment, var.images) : format(
      "%s=\"%s\"\n", name,
      replace(replace(replace(replace(replace(value, "\\", "\\\\"), "\"", "\\\""), "$", "\\$"), "\n", "\\n"), "\r", "\\r"),
    )
  ])

  parameters = join("", [for name, parameter in var.secret_parameters : "${name} ${parameter}\n"])

  ecr           = [for image in values(var.images) : split("/", image)[0] if can(regex("^[0-9]{12}\\.dkr\\.ecr[a-z-]*\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/", image))]
  docker_config = jsonencode({ credHelpers = { for host in distinct(local.ecr) : host => "ecr-login" } })

  # Path => mode and content.
  files = merge(
    { for name, content in var.files : "/opt/muster/${name}" => { mode = "0644", content = content } },
    {
      "/opt/muster/.env"                   = { mode = "0644", content = local.dotenv }
      "/opt/muster/parameters"             = { mode = "0644", content = local.parameters }
      "/opt/muster/gossip-parameter"       = { mode = "0644", content = "${var.gossip_key_parameter}\n" }
      "/opt/muster/.docker/config.json"    = { mode = "0644", content = local.docker_config }
      "/etc/systemd/system/muster.service" = { mode = "0644", content = file("${path.module}/files/muster.service") }
    },
    { for name in concat(["compose", "metadata", "prepare"], var.first_boot_seconds == null ? [] : ["end-unless-healthy"]) :
      "/opt/muster/bin/${name}" => { mode = "0755", content = file("${path.module}/files/${name}") }
    },
  )

  script = templatefile("${path.module}/user-data.sh.tftpl", {
    files    = { for path, file in local.files : path => { mode = file.mode, content = base64gzip(file.content) } }
    packages = concat(["docker"], length(local.ecr) > 0 ? ["amazon-ecr-credential-helper"] : [])
    plugin   = var.compose_plugin

    first_boot_seconds = var.first_boot_seconds
  })

  user_data = base64gzip(local.script)
}
