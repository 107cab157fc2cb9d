<?php
/**
 * The drop-in wp-content/sunrise.php, which Multisite includes before it looks for the site (define SUNRISE in
 * wp-config.php). A host that is no site is redirected before any plugin is loaded; the tenant has to be checked, and
 * named in the answer, before that.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

require_once WP_CONTENT_DIR . '/mu-plugins/bbws-site-management/tenant.php';

Tenant::guard();
