<?php
/**
 * Plugin Name: BBWS Site Management
 * Description: The REST routes with which the Site Management API runs the sites of this network: sites, copies, backups, themes, vetted packages.
 * Version: 1.0.0
 * Requires at least: 6.1
 * Requires PHP: 8.1
 * Author: BBWS
 * License: MIT
 *
 * A must-use plugin: it lies in wp-content/mu-plugins, with its folder beside it. It needs a Multisite in subdomain
 * mode and the tenant's id in BBWS_TENANT_ID, a constant or an environment variable.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

foreach ( array( 'tenant', 'errors', 'site', 'members', 'removal', 'sites', 'holding-page', 'addresses', 'database', 'tables', 'files', 'lock', 'jobs', 'copies', 'archive', 'backups', 'restores', 'imports', 'downloads', 'packages', 'plugins', 'themes', 'health' ) as $bbws_room ) {
	require_once __DIR__ . "/bbws-site-management/$bbws_room.php";
}

Tenant::guard();

if ( is_multisite() ) {
	Holding_Page::register();
	Plugins::register();
	add_action( 'rest_api_init', __NAMESPACE__ . '\register_routes' );
}

/**
 * Registers the routes of bbws/v1, at the network's main site only: another host knows no such route.
 */
function register_routes(): void {
	if ( ! is_main_site() ) {
		return;
	}
	foreach ( array( Sites::class, Copies::class, Backups::class, Restores::class, Imports::class, Packages::class, Themes::class, Health::class ) as $room ) {
		$room::register_routes();
	}
}

/**
 * Registers one route of bbws/v1.
 *
 * @param string   $methods    HTTP methods, separated by commas.
 * @param string   $path       The path below bbws/v1, as a regular expression.
 * @param callable $callback   Answers; gets the WP_REST_Request.
 * @param string   $capability What the caller must be able to do.
 * @param array    $args       The arguments, as register_rest_route() takes them.
 */
function route( string $methods, string $path, callable $callback, string $capability, array $args = array() ): void {
	register_rest_route(
		'bbws/v1',
		$path,
		array(
			'methods'             => $methods,
			'callback'            => $callback,
			'permission_callback' => static fn() => current_user_can( $capability ),
			'args'                => $args,
		)
	);
}
