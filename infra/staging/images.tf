locals {
  images = {
    webapp = "${var.image_registry}/muster-webapp:${local.tags.webapp}"
    ha     = "${var.image_registry}/muster-ha:${local.tags.ha}"
    consul = var.consul_image
  }

  # With a digest the tag is only there to be read.
  tags = {
    webapp = join("@", compact([var.image_tag, var.image_digests.webapp]))
    ha     = join("@", compact(["${var.image_tag}-${var.balancer}", var.image_digests.ha]))
  }

  # Where an image lies in ECR, instances are allowed to pull it: account, region and repository by the image's name.
  in_ecr = {
    for name, image in local.images : name => regexall("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([a-z0-9._/-]+)", image)
  }
  repository_arns = {
    for name, found in local.in_ecr : name => "arn:${data.aws_partition.current.partition}:ecr:${found[0][1]}:${found[0][0]}:repository/${found[0][2]}"
    if length(found) > 0
  }
}

data "aws_partition" "current" {}
