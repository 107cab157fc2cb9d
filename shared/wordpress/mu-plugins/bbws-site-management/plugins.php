<?php
/**
 * Core's routes for plugins, under this network's rules.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_Error;
use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/**
 * Only a vetted package is installed, in the place of the version alone that it is said to replace; and files that
 * another site runs are not deleted.
 *
 * Core asks wordpress.org for a slug's package. Here the vetted one stands in its place: it is fetched and held
 * against its digest before core begins, so that a refusal is a refusal and not core's 500.
 */
final class Plugins {

	/** The package that this request installs, and where it lies. */
	private static ?array $package = null;
	private static ?string $path   = null;

	/**
	 * Stands before core's routes.
	 */
	public static function register(): void {
		add_filter( 'rest_request_before_callbacks', array( self::class, 'before' ), 10, 3 );
		add_filter( 'plugins_api', array( self::class, 'information' ), 10, 3 );
		add_filter( 'upgrader_pre_download', array( self::class, 'download' ), 10, 2 );
		add_filter( 'upgrader_package_options', array( self::class, 'options' ) );
	}

	/**
	 * Looks at a request before core does.
	 *
	 * @param mixed           $response What others have decided.
	 * @param array           $handler  The route's handler.
	 * @param WP_REST_Request $request  The request.
	 * @return mixed
	 */
	public static function before( $response, $handler, $request ) {
		$is_plugins = 1 === preg_match( '#^/wp/v2/plugins(/|$)#', $request->get_route() );
		if ( ! $is_plugins || is_wp_error( $response ) || ! current_user_can( 'manage_network_plugins' ) ) {
			return $response;
		}
		try {
			if ( 'POST' === $request->get_method() ) {
				self::prepare( (string) $request['slug'] );
			}
			if ( 'DELETE' === $request->get_method() ) {
				self::require_unused_elsewhere( (string) $request['plugin'] );
			}
		} catch ( Refusal $refusal ) {
			return $refusal->as_error();
		}
		return $response;
	}

	/**
	 * What core learns of a slug: the vetted package.
	 *
	 * @param mixed  $result What others have found.
	 * @param string $action What is asked.
	 * @param object $args   About what.
	 * @return mixed
	 */
	public static function information( $result, $action, $args ) {
		if ( 'plugin_information' !== $action ) {
			return $result;
		}
		$package = self::$package;
		if ( null === $package || ( $args->slug ?? null ) !== $package['slug'] ) {
			return new WP_Error( 'bbws_plugin_not_vetted', 'No vetted package is named for this plugin.' );
		}
		return (object) array(
			'name'           => $package['slug'],
			'slug'           => $package['slug'],
			'version'        => $package['version'],
			'download_link'  => $package['url'],
			'language_packs' => array(),
		);
	}

	/**
	 * What core installs: the file that was held against its digest; nothing else, from nowhere.
	 *
	 * @param mixed  $reply   What others have decided.
	 * @param string $package Where core thinks the package is.
	 * @return mixed
	 */
	public static function download( $reply, $package ) {
		if ( null !== self::$path && ( self::$package['url'] ?? null ) === $package ) {
			return self::$path;
		}
		return Themes::is_installing( $package ) ? $reply : new WP_Error( 'bbws_plugin_not_vetted', 'Only vetted packages are installed.' );
	}

	/**
	 * Lets the package take the place of the version that it is said to replace.
	 *
	 * @param array $options The upgrader's options.
	 */
	public static function options( array $options ): array {
		if ( null === self::$package || self::$package['url'] !== ( $options['package'] ?? null ) ) {
			return $options;
		}
		$file = self::file_of( self::$package['slug'] );
		if ( $file && ( self::$package['replaces'] ?? null ) === self::all()[ $file ]['Version'] ) {
			$options['clear_destination']           = true;
			$options['abort_if_destination_exists'] = false;
		}
		return $options;
	}

	/**
	 * The main file of the plugin with a slug, as core names it.
	 *
	 * @param string $slug The slug: its folder, or the file without `.php`.
	 */
	public static function file_of( string $slug ): ?string {
		foreach ( array_keys( self::all() ) as $file ) {
			if ( strtok( $file, '/' ) === $slug || "$slug.php" === $file ) {
				return $file;
			}
		}
		return null;
	}

	/**
	 * All plugins of the network, read anew.
	 */
	private static function all(): array {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		wp_cache_delete( 'plugins', 'plugins' );
		return get_plugins();
	}

	/**
	 * Fetches the vetted package of a slug, and lets nobody else install anything until core has done so.
	 *
	 * @param string $slug The slug.
	 * @throws Refusal 403 when there is none.
	 */
	private static function prepare( string $slug ): void {
		$package = Packages::of( $slug );
		if ( null === $package ) {
			throw new Refusal( 403, 'bbws_plugin_not_vetted', 'No vetted package is named for this plugin.' );
		}
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$path = wp_tempnam( $slug );
		Downloads::fetch( $package['url'], $package['sha256'], $path, 'package' );
		add_action( 'shutdown', static fn() => is_file( $path ) && wp_delete_file( $path ) );
		Lock::keep( Packages::UPGRADER );
		// Which plugins are active may have been changed by whoever had the lock before.
		wp_cache_delete( 'alloptions', 'options' );
		self::$package = $package;
		self::$path    = $path;
	}

	/**
	 * Refuses to delete what another site runs.
	 *
	 * @param string $file The plugin's main file.
	 * @throws Refusal 409 when one does.
	 */
	private static function require_unused_elsewhere( string $file ): void {
		foreach ( get_sites( array( 'number' => 0, 'fields' => 'ids', 'site__not_in' => array( get_current_blog_id() ) ) ) as $site_id ) { // phpcs:ignore WordPress.Arrays
			if ( in_array( $file, (array) get_blog_option( $site_id, 'active_plugins', array() ), true ) ) {
				throw new Refusal( 409, 'bbws_plugin_active_elsewhere', 'The plugin is active on another site.' );
			}
		}
	}
}
